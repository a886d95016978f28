"""Labs that are large in one place instead of in many: interfaces or routes of one namespace."""

ROUTES = 20_000
INTERFACES = 64


def write(directory):
    """The labs as files, the routes also as what `ip -batch` reads."""
    paths = {name: directory / name for name in ("routes.yaml", "routes.batch", "interfaces.yaml")}
    paths["routes.yaml"].write_text(routes_lab())
    paths["routes.batch"].write_text("".join(f"route add {each} via 10.0.0.2 dev eth0\n" for each in prefixes()))
    paths["interfaces.yaml"].write_text(interfaces_lab())
    return {name: str(path) for name, path in paths.items()}


def prefixes():
    return [f"{20 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.0/24" for number in range(ROUTES)]


def routes_lab():
    routes = "".join(f"      - {each} via 10.0.0.2\n" for each in prefixes())
    return f"name: routes\nnamespaces:\n  a:\n    routes:\n{routes}  b:\n" \
           "links:\n  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}\n"


def interfaces_lab():
    last = INTERFACES
    return f"name: interfaces\nnamespaces: {{hub: , \"n[1-{last}]\": }}\n" \
           f"links:\n  - endpoints: [\"hub:eth[1-{last}]\", \"n[1-{last}]:eth0\"]\n    subnet: 10.[1-{last}].0.0/24\n"
