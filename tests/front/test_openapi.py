"""One reference out of many documents."""

import copy

from backline.front.openapi import Document, merge

FRONT: Document = {
    "openapi": "3.1.0",
    "info": {"title": "Backline", "version": "1"},
    "paths": {"/health/live": {"get": {"operationId": "live", "tags": ["health"]}}},
    "components": {"schemas": {"Health": {"type": "object"}}},
}


def document(path: str, **schemas: Document) -> Document:
    return {
        "paths": {
            path: {
                "get": {
                    "operationId": "list_all",
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Page"}
                                }
                            }
                        }
                    },
                }
            },
            "/health/ready": {"get": {"operationId": "ready"}},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "oauth2"}},
        },
    }


def schema_of(merged: Document, path: str) -> str:
    response = merged["paths"][path]["get"]["responses"]["200"]
    return str(response["content"]["application/json"]["schema"]["$ref"])


def test_paths_and_operations_get_their_service():
    merged = merge(FRONT, {"jukebox": document("/tracks", Page={"type": "object"})})
    assert list(merged["paths"]) == ["/health/live", "/api/jukebox/tracks"]
    operation = merged["paths"]["/api/jukebox/tracks"]["get"]
    assert operation["operationId"] == "jukebox_list_all"
    assert operation["tags"] == ["jukebox"]
    assert merged["components"]["securitySchemes"] == {"token": {"type": "oauth2"}}


def test_equal_schemas_are_shared():
    page: Document = {"type": "object"}
    services = {
        "identity": document("/users", Page=page),
        "jukebox": document("/tracks", Page=page),
    }
    merged = merge(FRONT, services)
    assert schema_of(merged, "/api/identity/users") == "#/components/schemas/Page"
    assert schema_of(merged, "/api/jukebox/tracks") == "#/components/schemas/Page"


def test_schemas_that_differ_are_kept_apart():
    services = {
        "identity": document("/users", Page={"title": "users"}),
        "jukebox": document("/tracks", Page={"title": "tracks"}),
    }
    merged = merge(FRONT, services)
    assert schema_of(merged, "/api/jukebox/tracks") == "#/components/schemas/JukeboxPage"
    assert merged["components"]["schemas"]["Page"] == {"title": "users"}
    assert merged["components"]["schemas"]["JukeboxPage"] == {"title": "tracks"}


def test_schemas_that_differ_only_in_what_they_refer_to_are_kept_apart():
    page: Document = {"items": {"$ref": "#/components/schemas/Item"}}
    services = {
        "identity": document("/users", Page=copy.deepcopy(page), Item={"title": "user"}),
        "jukebox": document("/tracks", Page=copy.deepcopy(page), Item={"title": "track"}),
    }
    merged = merge(FRONT, services)
    schemas = merged["components"]["schemas"]
    assert schemas["Page"] == page
    assert schemas["JukeboxPage"] == {"items": {"$ref": "#/components/schemas/JukeboxItem"}}


def test_the_documents_given_are_left_as_they_were():
    given = document("/tracks", Page={"type": "object"})
    kept = copy.deepcopy(given)
    merge(FRONT, {"jukebox": given})
    assert given == kept
