"""``cryoves model``: the networks that this computer has."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryoves_app.cli import console
from cryoves_app.cli.arguments import positive
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.network.model_store import Model


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and what it can do."""
    parser = subparsers.add_parser("model", help="list, describe, import, export and delete networks")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_list(actions)
    _add_info(actions)
    _add_import(actions)
    _add_export(actions)
    _add_delete(actions)
    _add_default(actions)


def _add_list(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("list", help="all models: bundled, imported, own")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run_list)


def _add_info(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("info", help="a model's card")
    parser.add_argument("model", metavar="NAME|PATH")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run_info)


def _add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("import", help="keep a weight file (.h5, .keras) or a model's folder")
    parser.add_argument("file", type=Path)
    parser.add_argument("--name", required=True, help="what to call it")
    parser.add_argument(
        "--voxel-size", type=positive, default=22.0, metavar="Å", help="that it was trained on (22)"
    )
    parser.add_argument("--force", action="store_true", help="replace a model of this name")
    parser.set_defaults(run=run_import)


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("export", help="write a model as .onnx, .h5 or a folder")
    parser.add_argument("model", metavar="NAME|PATH")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE|DIR")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.set_defaults(run=run_export)


def _add_delete(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("delete", help="remove a model of your own from this computer")
    parser.add_argument("model", metavar="NAME")
    parser.add_argument("--yes", action="store_true", help="say that it is meant; needed")
    parser.set_defaults(run=run_delete)


def _add_default(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("default", help="the model that is used where none is named")
    parser.add_argument("model", nargs="?", metavar="NAME", help="use this one from now on")
    parser.set_defaults(run=run_default)


def run_list(args: argparse.Namespace) -> int:
    """Show all models."""
    from cryoves_app.workflow.common.model_admin import all_models

    models = all_models()
    if args.json:
        console.say_json([_plain(m) for m in models])
        return 0
    rows = [
        (m.name, "bundled" if m.bundled else "own", f"{m.voxel_size_nm:g} nm", m.weights_hash[:12])
        for m in models
    ]
    console.say(console.table(("name", "where", "voxel size", "hash"), rows))
    return 0


def run_info(args: argparse.Namespace) -> int:
    """Show one model's card."""
    from cryoves_app.workflow.common.model_admin import check_model

    model = check_model(args.model)
    if args.json:
        console.say_json(_plain(model))
        return 0
    console.say(console.table(("entry", "value"), [(k, _text(v)) for k, v in _plain(model).items()]))
    return 0


def run_import(args: argparse.Namespace) -> int:
    """Keep a model."""
    from cryoves_app.workflow.common.model_admin import import_model

    model = import_model(args.file, args.name, args.voxel_size / 10, force=args.force)
    console.tell(f"Imported “{model.name}”; use it with --model {model.name}")
    return 0


def run_export(args: argparse.Namespace) -> int:
    """Write a model."""
    from cryoves_app.workflow.common.model_admin import export

    console.tell(f"Written: {export(args.model, args.output, force=args.force)}")
    return 0


def run_delete(args: argparse.Namespace) -> int:
    """Remove a model, when the user says that it is meant."""
    from cryoves_app.workflow.common.model_admin import delete_model

    if not args.yes:
        raise CryoVesError(f"Nothing was removed: say --yes to remove the model “{args.model}” for good.")
    delete_model(args.model)
    console.tell(f"Removed: {args.model}")
    return 0


def run_default(args: argparse.Namespace) -> int:
    """Show or change what is used where no model is named."""
    from cryoves_app.workflow.common.model_admin import set_standard_model, standard_model

    if args.model:
        set_standard_model(args.model)
    console.say(standard_model())
    return 0


def _plain(model: Model) -> dict[str, Any]:
    return {**model.card, "name": model.name, "folder": str(model.folder), "bundled": model.bundled}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_text(v) for v in value)
    return str(value)
