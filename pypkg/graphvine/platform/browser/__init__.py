"""A tab: the only files that import `js` or `pyodide`."""
