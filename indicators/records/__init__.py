"""Case lists to counts: the only module that sees a single case.

Only the columns that the project allows are read from the file; rows never leave this
module, neither in results nor in messages, which name row numbers and counts alone.
"""

from indicators.records.cluster import cluster_client
from indicators.records.count import count_cases
from indicators.records.files import list_files
from indicators.records.periods import vintage_of

__all__ = ["cluster_client", "count_cases", "list_files", "vintage_of"]
