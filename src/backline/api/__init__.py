"""The published language, generated from `protos/`. Never edited by hand."""
