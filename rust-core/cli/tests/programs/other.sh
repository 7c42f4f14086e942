#!/bin/sh
# Is something else.
echo "rsync 3.2.7"
