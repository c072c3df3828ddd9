"""The database: tables, repositories, jobs, migrations."""
