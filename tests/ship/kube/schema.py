"""Types and fields that the schemas refuse."""

from .manifests import name
from .validators import NO_SUCH_KIND, error


def _errors(objects, *validators):
    """Messages about schema errors of these kinds; without kinds, all that no other rule here has."""
    for each in objects:
        found = error(each)
        if found not in (None, NO_SUCH_KIND) and (found.validator in validators if validators else found.validator not in _NAMED):
            yield f"{name(each)} {'.'.join(map(str, found.absolute_path))}: {found.message[:200]}"


_NAMED = ("additionalProperties", "type", "required")


def _credential_specs(objects, wanted=True):
    return [each for each in objects if (each.get("kind") == "GMSACredentialSpec") == wanted]


def unknown_kind(objects):
    """kubectl: no matches for kind … in version …"""
    return [f"{each.get('kind')} in {each.get('apiVersion')}" for each in objects if error(each) is NO_SUCH_KIND]


def unknown_field(objects):
    """kubectl: strict decoding error: unknown field (--validate=strict, the default)"""
    return list(_errors(objects, "additionalProperties"))


def wrong_type(objects):
    """API server: json: cannot unmarshal number into Go struct field … of type string"""
    return list(_errors(objects, "type"))


def missing_field(objects):
    """API server: Required value"""
    return list(_errors(_credential_specs(objects, False), "required"))


def wrong_value(objects):
    """CRD: Invalid value: a pattern, an enumeration or a length"""
    return list(_errors(_credential_specs(objects, False)))


def unusable_credential_spec(objects):
    """node: the CRD requires no field and has no pattern, so the server accepts the object, and ccg.exe fails (gmsa-facts.md row 8)"""
    return list(_errors(_credential_specs(objects), "required")) + list(_errors(_credential_specs(objects)))


def duplicate_key(objects):
    """kustomize: mapping key already defined. `kubectl apply -f` accepts the file and takes the last value. Found while the text is read"""
    return []
