"""Plain values: identifiers, property values, stamps, operations, transactions. No I/O, no clock."""
