"""Salesforce as a source: through REST what changed, through Bulk API 2.0 what is much."""

from icp_monitor.sources.salesforce.connector import SalesforceObjects as SalesforceObjects
