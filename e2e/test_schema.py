"""The JSON Schema: valid itself, true for every example, and strict."""
import json
from functools import lru_cache

import pytest

from lib.topologies import PAIR, RICH, SERVICES
from lib.world import BINARY, EXAMPLES

yaml = pytest.importorskip("yaml", reason="needs python3-yaml")
jsonschema = pytest.importorskip("jsonschema", reason="needs python3-jsonschema")


@lru_cache(maxsize=1)
def validator():
    import subprocess
    schema = json.loads(subprocess.run([BINARY, "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class TextLoader(yaml.SafeLoader):
    """Scalars as the language sees them: YAML 1.1 would make MACs numbers of base 60."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, TextLoader], ids=["yaml-1.1", "text"])
def test_examples_are_valid(path, loader):
    assert [error.message for error in validator().iter_errors(yaml.load(path.read_text(), loader))] == []


@pytest.mark.parametrize("text", [RICH, PAIR, SERVICES], ids=["rich", "pair", "services"])
def test_topologies_of_the_tests_are_valid(text):
    assert [error.message for error in validator().iter_errors(yaml.load(text, TextLoader))] == []


# What is missing may come from a profile or from `defaults`, so the schema cannot ask for it.
@pytest.mark.parametrize("text", [
    "namespace: {a: }",
    "namespaces: {a: {adresses: x}}",
    "namespaces: {a: {routes: {to: x}}}",
    "links: [{endpoints: {a: , b: }, mtuu: 1}]",
    "links: [{endpoints: [a]}]",
    "links: [{endpoints: [a, b, c]}]",
    "networks: {lan: {endpoint: [a]}}",
    "services: {web: {namespace: a, command: x, mounts: [{type: nfs, target: /x}]}}",
    "services: {web: {namespace: a, command: x, files: {/x: {contents: y}}}}",
    "services: {web: {namespace: a, command: x, depends_on: {y: {condition: service_up}}}}",
    "services: {web: {namespace: a, command: x, depends_on: {y: {condition: service_healthy, restart: true}}}}",
    "services: [web]",
    "[]",
])
def test_broken_files_are_not_valid(text):
    assert list(validator().iter_errors(yaml.load(text, TextLoader)))
