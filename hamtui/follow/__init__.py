"""Growing files to records: offsets, half lines, truncation, notifications."""
