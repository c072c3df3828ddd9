"""PostgreSQL: several processes, jobs by procrastinate."""
