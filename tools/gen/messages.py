"""The bridge's messages: C++ structs with their JSON codec, and TypeScript types.

Both come from shared/protocol/messages.json. A field has a name, a type and its limits:
text (max bytes), bytes (max or size; base64 on the wire), u32 (max), bool, time, error_code, the
name of an enum or of a struct, or a list of one of these (max items). Fields marked optional may
be absent; a field marked secret is held in SecretBytes.
"""
import json
import re

PLAIN_TYPES = {"text", "bytes", "u32", "bool", "time", "error_code", "list"}
U32_MAX = 2147483647
# Names that no field may have: a PIN is entered in a native window and never travels.
SECRET_NAMES = {"pin", "pin_code", "admin_pin", "user_pin", "password", "passphrase"}


class Schema:
    """messages.json, checked."""

    def __init__(self, path):
        raw = json.loads(path.read_text(encoding="utf-8"))
        self.protocol = raw["protocol"]
        self.version = raw["version"]
        self.ports = raw["ports"]
        self.health_path = raw["health_path"]
        self.limits = raw["limits"]
        self.enums = {e["name"]: e for e in raw["enums"]}
        self.structs = {s["name"]: s for s in raw["structs"]}
        self.methods = raw["methods"]
        self.events = raw["events"]
        self.check(raw)

    def check(self, raw):
        assert len(self.enums) == len(raw["enums"]) and len(self.structs) == len(raw["structs"])
        known = set()
        for struct in raw["structs"]:
            names = [f["name"] for f in struct["fields"]]
            assert len(set(names)) == len(names), struct["name"]
            for field in struct["fields"]:
                self.check_field(struct["name"], field, known)
            known.add(struct["name"])
        for method in self.methods:
            assert method["params"] in self.structs and method["result"] in self.structs, method
            assert re.fullmatch(r"[a-z]+(\.[a-z]+)?", method["name"]), method["name"]
            assert method.get("frame", 0) >= 0
        for event in self.events:
            assert event["data"] in self.structs, event

    def check_field(self, owner, field, known):
        where = f"{owner}.{field['name']}"
        assert field.get("doc"), f"{where} lacks its doc"
        assert field["name"] not in SECRET_NAMES, f"{where}: the protocol carries no PIN"
        kind = field["of"] if field["type"] == "list" else field["type"]
        assert kind in PLAIN_TYPES - {"list"} or kind in self.enums or kind in known, \
            f"{where}: {kind} is unknown or declared later"
        if field["type"] == "list":
            assert field.get("max"), f"{where}: a list needs its limit"
            assert kind not in ("text", "bytes") or field.get("item_max"), where
        elif kind == "text":
            assert field.get("max"), f"{where}: a text needs its limit"
        elif kind == "bytes":
            assert bool(field.get("max")) != bool(field.get("size")), where

    def frame_limit(self, method):
        return method.get("frame", self.limits["frame"])

    def distinct(self, part):
        """The structs that methods or events use as params, result or data, each once, in order."""
        source = self.events if part == "data" else self.methods
        return list(dict.fromkeys(item[part] for item in source))


def constant(name):
    return name.replace(".", "_")


# --- C++ ---------------------------------------------------------------------------------------

def cpp_plain(kind, field):
    if kind == "bytes":
        return "SecretBytes" if field.get("secret") else "Bytes"
    return {"text": "std::string", "u32": "uint32_t", "bool": "bool", "time": "Timestamp",
            "error_code": "ErrorCode"}.get(kind, kind)


def cpp_type(field):
    if field["type"] == "list":
        plain = f"std::vector<{cpp_plain(field['of'], field)}>"
    else:
        plain = cpp_plain(field["type"], field)
    return f"std::optional<{plain}>" if field.get("optional") else plain


def cpp_initial(field, schema):
    if field.get("optional") or field["type"] == "list":
        return ""
    if field["type"] in schema.enums or field["type"] == "error_code":
        return "{}"
    return {"u32": " = 0", "bool": " = false"}.get(field["type"], "")


def cpp_struct(struct, schema):
    out = [f"/// {struct['doc']}\nstruct {struct['name']} {{\n"]
    for field in struct["fields"]:
        out.append(f"    {cpp_type(field)} {field['name']}{cpp_initial(field, schema)};"
                   f"  ///< {field['doc']}\n")
    out.append("};\n\n")
    return "".join(out)


def cpp_name_table(kind, values, doc):
    out = [f"/// {doc}\nenum class {kind} {{\n"]
    out += [f"    {constant(v)},\n" for v in values]
    out.append("};\n\n")
    return "".join(out)


def cpp_header(schema):
    out = ["#pragma once\n\n#include <cstdint>\n#include <optional>\n#include <string>\n"
           "#include <variant>\n#include <vector>\n\n"
           '#include "bidseal/base/bytes.h"\n#include "bidseal/base/error.h"\n'
           '#include "bidseal/base/secret.h"\n#include "bidseal/base/time.h"\n\n'
           "namespace bidseal::protocol {\n\n",
           "/// Name of the WebSocket subprotocol.\n"
           f'inline constexpr const char* bridge_protocol = "{schema.protocol}";\n',
           f"inline constexpr uint32_t bridge_version = {schema.version};\n",
           "/// Ports that a page tries, in this order.\n"
           f"inline constexpr uint16_t bridge_ports[] = {{{', '.join(map(str, schema.ports))}}};\n",
           f'inline constexpr const char* bridge_health_path = "{schema.health_path}";\n',
           "/// Size of a message in bytes, unless its method allows more.\n"
           f"inline constexpr size_t frame_limit = {schema.limits['frame']};\n",
           "/// Objects and arrays inside each other.\n"
           f"inline constexpr uint32_t depth_limit = {schema.limits['depth']};\n",
           f"inline constexpr uint32_t request_id_limit = {schema.limits['request_id']};\n\n"]
    for enum in schema.enums.values():
        out.append(cpp_name_table(enum["name"], enum["values"], enum["doc"]))
    for struct in schema.structs.values():
        out.append(cpp_struct(struct, schema))
    out.append(cpp_name_table("Method", [m["name"] for m in schema.methods], "What a page may ask for."))
    out.append(f"inline constexpr size_t method_count = {len(schema.methods)};\n\n")
    out.append(cpp_name_table("EventKind", [e["name"] for e in schema.events],
                              "What the bridge tells unasked."))
    for name, part in (("Params", "params"), ("Result", "result"), ("EventData", "data")):
        out.append(f"using {name} = std::variant<{', '.join(schema.distinct(part))}>;\n")
    out.append("\n}  // namespace bidseal::protocol\n")
    return "".join(out)


def cpp_read(field, schema):
    """The expression that reads the field from ObjectReader `r`."""
    name, kind = f'"{field["name"]}"', field["type"]
    if kind == "text":
        return f'r.text({name}, {field["max"]})'
    if kind == "bytes":
        low, high = (field["size"], field["size"]) if "size" in field else (0, field["max"])
        read = f"r.base64({name}, {low}, {high})"
        return f"SecretBytes::copy_of({read})" if field.get("secret") else read
    if kind == "u32":
        return f"static_cast<uint32_t>(r.integer({name}, 0, {field.get('max', U32_MAX)}))"
    if kind == "bool":
        return f"r.boolean({name})"
    if kind == "time":
        return f"r.time({name})"
    if kind == "error_code":
        return f"read_error_code(r, {name})"
    if kind == "list":
        item, most = field["of"], field["max"]
        if item == "text":
            return f"r.texts({name}, 0, {most}, {field['item_max']})"
        if item == "bytes":
            return f"read_bytes_list(r, {name}, {most}, {field['item_max']})"
        if item == "u32":
            return f"read_u32_list(r, {name}, {most})"
        return f"r.objects({name}, 0, {most}, [](ObjectReader& item) {{ return read_{item}(item); }})"
    if kind in schema.enums:
        texts = ", ".join(f'"{v}"' for v in schema.enums[kind]["values"])
        return f"static_cast<{kind}>(r.choice({name}, {{{texts}}}))"
    return f"read_member<{kind}>(r, {name}, [](ObjectReader& o) {{ return read_{kind}(o); }})"


def cpp_write(field, schema, value):
    """The call that writes `value` into ObjectBuilder `b`."""
    name, kind = f'"{field["name"]}"', field["type"]
    if kind == "text":
        return f"b.text({name}, {value});"
    if kind == "bytes":
        return f"b.base64({name}, {value + '.view()' if field.get('secret') else value});"
    if kind == "u32":
        return f"b.integer({name}, {value});"
    if kind == "bool":
        return f"b.boolean({name}, {value});"
    if kind == "time":
        return f"b.time({name}, {value});"
    if kind == "error_code":
        return f"b.text({name}, error_name({value}));"
    if kind == "list":
        if field["of"] == "text":
            return f"b.texts({name}, {value});"
        if field["of"] == "u32":
            return f"b.array({name}, integers({value}));"
        if field["of"] == "bytes":
            return f"b.array({name}, base64_texts({value}));"
        return f"b.array({name}, objects({value}));"
    if kind in schema.enums:
        return f"b.text({name}, {kind}_names[static_cast<size_t>({value})]);"
    return f"b.value({name}, to_json({value}));"


def cpp_codec_struct(struct, schema):
    name, fields = struct["name"], struct["fields"]
    out = [f"inline {name} read_{name}([[maybe_unused]] ObjectReader& r) {{\n    {name} v;\n"]
    for field in fields:
        guard = f'if (r.has("{field["name"]}")) ' if field.get("optional") else ""
        out.append(f"    {guard}v.{field['name']} = {cpp_read(field, schema)};\n")
    out.append("    return v;\n}\n\n")
    unused = "" if fields else "[[maybe_unused]] "
    out.append(f"inline Json to_json({unused}const {name}& v) {{\n    ObjectBuilder b;\n")
    for field in fields:
        if field.get("optional"):
            out.append(f"    if (v.{field['name']}) {cpp_write(field, schema, '(*v.' + field['name'] + ')')}\n")
        else:
            out.append(f"    {cpp_write(field, schema, 'v.' + field['name'])}\n")
    out.append("    return b.build();\n}\n\n")
    return "".join(out)


def cpp_codec(schema):
    """Included by shared/src/protocol/messages.cpp alone, after its small helpers."""
    out = ["#pragma once\n\nnamespace bidseal::protocol {\n\n"]
    for enum in schema.enums.values():
        texts = ", ".join(f'"{v}"' for v in enum["values"])
        out.append(f"inline constexpr const char* {enum['name']}_names[] = {{{texts}}};\n")
    out.append("\n")
    for struct in schema.structs.values():
        out.append(cpp_codec_struct(struct, schema))
    out.append("struct MethodEntry {\n    const char* name;\n    size_t frame;\n};\n\n"
               "inline constexpr MethodEntry method_table[] = {\n")
    for m in schema.methods:
        out.append(f'    {{"{m["name"]}", {schema.frame_limit(m)}}},\n')
    out.append("};\n\ninline constexpr const char* event_names[] = {")
    out.append(", ".join(f'"{e["name"]}"' for e in schema.events))
    out.append("};\n\ninline Params read_params(Method method, ObjectReader& r) {\n    switch (method) {\n")
    for m in schema.methods:
        out.append(f"    case Method::{constant(m['name'])}: return read_{m['params']}(r);\n")
    out.append("    }\n    throw Error(ErrorCode::internal);\n}\n\n}  // namespace bidseal::protocol\n")
    return "".join(out)


# --- TypeScript --------------------------------------------------------------------------------

def ts_plain(kind):
    return {"text": "string", "bytes": "Base64", "u32": "number", "bool": "boolean",
            "time": "string", "error_code": "ErrorCode"}.get(kind, kind)


def ts_field(field):
    plain = ts_plain(field["of"]) + "[]" if field["type"] == "list" else ts_plain(field["type"])
    mark = "?" if field.get("optional") else ""
    return f"  /** {field['doc']} */\n  {field['name']}{mark}: {plain};\n"


def ts_messages(schema):
    out = ["\nimport type { ErrorCode } from './errors.js';\n\n",
           "/** Canonical base64 with padding. */\nexport type Base64 = string;\n\n",
           "/** Name of the WebSocket subprotocol. */\n"
           f"export const bridgeProtocol = '{schema.protocol}';\n",
           f"export const bridgeVersion = {schema.version};\n",
           "/** Ports to try, in this order. */\n"
           f"export const bridgePorts = [{', '.join(map(str, schema.ports))}] as const;\n",
           f"export const bridgeHealthPath = '{schema.health_path}';\n\n"]
    for enum in schema.enums.values():
        values = " | ".join(f"'{v}'" for v in enum["values"])
        out.append(f"/** {enum['doc']} */\nexport type {enum['name']} = {values};\n\n")
    for struct in schema.structs.values():
        if struct["fields"]:
            body = "".join(ts_field(f) for f in struct["fields"])
            out.append(f"/** {struct['doc']} */\nexport interface {struct['name']} {{\n{body}}}\n\n")
        else:
            out.append(f"/** {struct['doc']} */\nexport type {struct['name']} = Record<string, never>;\n\n")
    out.append("/** What a page may ask for. */\nexport interface Methods {\n")
    for m in schema.methods:
        out.append(f"  /** {m['doc']} */\n  '{m['name']}': {{ params: {m['params']}; result: {m['result']} }};\n")
    out.append("}\n\nexport type MethodName = keyof Methods;\n\n"
               "/** Most bytes of a request's frame. */\n"
               "export const methodFrameLimit: Record<MethodName, number> = {\n")
    out += [f"  '{m['name']}': {schema.frame_limit(m)},\n" for m in schema.methods]
    out.append("};\n\n"
               "/** A request. `method` is written first; ids rise from 1 on each connection. */\n"
               "export type Request = {\n"
               "  [M in MethodName]: { method: M; id: number; params: Methods[M]['params'] };\n"
               "}[MethodName];\n\n"
               "export interface Success<M extends MethodName = MethodName> {\n"
               "  id: number;\n  result: Methods[M]['result'];\n}\n\n"
               "/** id is null when the bridge could not read which request was meant. */\n"
               "export interface Failure {\n  id: number | null;\n  error: ErrorInfo;\n}\n\n"
               "export type Response<M extends MethodName = MethodName> = Success<M> | Failure;\n\n")
    out.append("/** What the bridge tells unasked. */\nexport type BridgeEvent =\n")
    out.append("\n".join(f"  | {{ event: '{e['name']}'; data: {e['data']} }}" for e in schema.events))
    out.append(";\n\nexport type ServerMessage = Success | Failure | BridgeEvent;\n")
    return "".join(out)
