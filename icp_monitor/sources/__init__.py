"""Where records come in: a source hands over one extract, or refuses with everything that is wrong."""

from icp_monitor.sources.connections import connect as connect
from icp_monitor.sources.connector import Connector as Connector
from icp_monitor.sources.fingerprint import fingerprint_of as fingerprint_of
from icp_monitor.sources.source import Surroundings as Surroundings
from icp_monitor.sources.source import read_source as read_source
