"""A busy service for as long as is asked, watched by two dashboards: what must stay flat, and what must not be lost."""
