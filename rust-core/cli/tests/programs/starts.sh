#!/bin/sh
# Starts as airlock does.
echo "airlock 9.9.9"
