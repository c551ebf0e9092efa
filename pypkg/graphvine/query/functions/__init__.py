"""Functions of Cypher: `catalog` puts the tables of the other files together."""
