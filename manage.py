#!/usr/bin/env python
"""Django's command line for Cornershop; without settings of one's own it speaks to what `make run` started."""

import os
import sys

from django.core.management import execute_from_command_line

from config.local.environment import manage_environment

if __name__ == "__main__":
    os.environ.update(manage_environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
