"""A weekly plan of consultation hours that can be defended."""
