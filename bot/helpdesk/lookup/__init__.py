"""Finding what belongs to an id, and seeing at a glance what is to be done. Reads only; decides nothing."""
