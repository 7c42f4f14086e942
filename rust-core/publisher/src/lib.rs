//! airlock-publisher
