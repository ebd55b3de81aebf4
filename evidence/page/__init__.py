"""The report as one HTML file that needs no network and no script, for a reader who was not there.

`page.write_page` makes it. It draws with matplotlib, which is slow to import.
"""
