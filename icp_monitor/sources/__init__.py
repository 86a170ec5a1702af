"""Where records come in: a source hands over one extract, or refuses with everything that is wrong."""

from icp_monitor.sources.csv_source import read_source as read_source
from icp_monitor.sources.fingerprint import fingerprint_of as fingerprint_of
