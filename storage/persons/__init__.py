"""Finding, forgetting and exporting one person, beside a running desk."""
