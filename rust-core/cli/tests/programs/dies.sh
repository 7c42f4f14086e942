#!/bin/sh
# Dies by a signal.
kill -9 $$
