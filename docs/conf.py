"""How the documentation is built: Markdown by MyST, reference pages read from the code, no network."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

project = "CalGuard"
author = "The CalGuard authors"
project_copyright = author
html_title = "CalGuard"
html_theme = "furo"
html_last_updated_fmt = None
html_show_sphinx = False
smartquotes = False  # settings and commands are copied from here
extensions = ["myst_parser", "lives", "reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["deflist", "fieldlist", "colon_fence"]
myst_heading_anchors = 3
nitpicky = True
