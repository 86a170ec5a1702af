"""HubSpot, through its public client: objects page by page, changes through the search."""

from icp_monitor.sources.hubspot.connector import HubSpotObjects as HubSpotObjects
