"""The generated parts of the documents: catalogues from the registries, evidence from the committed results."""
