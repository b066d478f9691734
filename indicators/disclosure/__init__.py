"""Disclosure control: equations, suppression, independent audit."""
