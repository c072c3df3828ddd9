"""PostgreSQL: several processes on one database, jobs by procrastinate."""
