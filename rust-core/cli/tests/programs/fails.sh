#!/bin/sh
# Answers, and fails.
echo "airlock 9.9.9"
exit 3
