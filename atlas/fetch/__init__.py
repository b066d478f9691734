"""Official layers by name: fetched into a folder, each with a source card beside it."""

from atlas.fetch.catalogue import FetchLayer, FetchList, fetch_list, known_cities
from atlas.fetch.fetching import Fetched, fetch_layers

__all__ = ["FetchLayer", "FetchList", "Fetched", "fetch_layers", "fetch_list", "known_cities"]
