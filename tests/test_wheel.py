"""The wheel, built and installed as a person gets it: nothing is left out, and it runs.

It comes from the folder of packages for a room without network, into an environment that is empty
at first and can ask no index: so that folder is enough, and so are the dependencies named in
`pyproject.toml`. These are the only unit tests that need a package index.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import parallel_nb
from parallel_nb.lessons.course import LESSONS, course_files

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "parallel_nb"
#: All scripts of the JupyterLab extension as they are in the wheel, styles within: those that are
#: loaded later too, minified, not compressed.
FRONT_END_BYTES = 60_000
#: Folders whose files do not belong to the package; the extension's are installed in share/.
BUILT = {"__pycache__", ".ipynb_checkpoints", "labextension"}
SCRIPTS, SUFFIX = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
#: No index can be asked: nothing listens there.
NO_NETWORK = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "PIP_RETRIES": "0",
    "http_proxy": "http://127.0.0.1:9/",
    "https_proxy": "http://127.0.0.1:9/",
    "no_proxy": "127.0.0.1,localhost",
}

pytestmark = [
    pytest.mark.network,
    pytest.mark.timeout(900),  # the download of pandas, on a slow line and a busy machine
    pytest.mark.skipif(not (ROOT / "hatch_build.py").exists(), reason="needs the source tree"),
]


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _clean_environment(**added: str) -> dict[str, str]:
    """No source tree on the path, no settings of this session; compiled code is kept."""
    left_out = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if "PARALLEL" not in name and name not in left_out
    }
    return kept | added


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make wheelhouse` makes; without JupyterLab and its ninety packages."""
    folder = tmp_path_factory.mktemp("house")
    environment = _clean_environment(PARALLEL_NB_REQUIRE_WIDGETS="1")
    if sys.platform == "win32":  # there is no make
        build = ("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
        run(*PIP, *build, cwd=folder, environment=environment)
        (built,) = folder.glob("*.whl")
        run(*PIP, "download", "--quiet", "--dest", folder, built, cwd=folder)
        return folder
    # The environment is there, and is not to be changed.
    make = ("make", "--old-file=assets", "wheelhouse", f"WHEELHOUSE={folder}", "EXTRAS=")
    assert "--no-index --find-links" in run(*make, cwd=ROOT, environment=environment)
    return folder


@pytest.fixture(scope="module")
def wheel(house: Path) -> Path:
    (built,) = house.glob("parallel_nb-*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    into = ("--python", folder / SCRIPTS / f"python{SUFFIX}", "install", "--quiet", "--no-compile")
    wanted = ("--no-index", "--find-links", house, "parallel-nb")
    run(*PIP, *into, *wanted, cwd=folder, environment=_clean_environment(**NO_NETWORK))
    return folder / SCRIPTS


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and no network."""
    home = {"PARALLEL_NB_HOME": str(tmp_path / "home"), "IPYTHONDIR": str(tmp_path)}
    return _clean_environment(**NO_NETWORK, **home)


def installed_files(scripts: Path, environment: dict[str, str], folder: Path) -> set[str]:
    code = (
        "from pathlib import Path; import parallel_nb\n"
        "root = Path(parallel_nb.__file__).parent\n"
        "files = (path for path in root.rglob('*') if path.is_file())\n"
        "print(*(path.relative_to(root).as_posix() for path in files), sep='\\n')"
    )
    python = scripts / f"python{SUFFIX}"
    return set(run(python, "-c", code, cwd=folder, environment=environment).splitlines())


def _course() -> list[str]:
    return [file.name for file in course_files(solutions=True)]


def test_an_installation_has_every_file_of_the_package_and_the_built_widgets(
    scripts: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    sources = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and not BUILT & set(path.parts)
    }
    entries = (ROOT / "js" / "src").rglob("*.entry.ts")
    components = {path.name.removesuffix(".entry.ts") for path in entries}
    files = installed_files(scripts, environment, tmp_path)
    assert components
    assert "py.typed" in files
    assert sum(name.startswith("dataroom/") for name in files) == 10
    course = {f"lessons/course/{name}" for name in _course()}
    assert len(course) > 2 * len(LESSONS)
    assert course <= files
    assert sources <= files
    names = {Path(name).name for name in files}
    assert {f"{name}.{kind}" for name in components for kind in ("js", "css")} <= names


def test_the_command_of_an_installation_prints_the_version_of_the_source(
    wheel: Path, scripts: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = scripts / f"parallel-nb{SUFFIX}"
    printed = run(command, "--version", cwd=tmp_path, environment=environment)
    assert printed.split() == ["parallel-nb", parallel_nb.__version__]
    assert wheel.name.split("-")[1] == parallel_nb.__version__


def test_an_installation_answers_from_the_sample_documents(
    scripts: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import pandas as pd, parallel_nb as pnb\n"
        "pnb.connect('embedded')\n"
        "fields = pnb.parse_fields('founded: int? - Year the company was founded')\n"
        "print(pnb.task('When was LEGO founded?', output=fields).founded)\n"
        "companies = pd.DataFrame({'company': ['LEGO']})\n"
        "job = pnb.tasks(companies, 'When was {{company}} founded?', output=fields)\n"
        "print('row', job.df['founded'][0])\n"
    )
    short = environment | {"PARALLEL_NB_ENGINE_IDLE_SECONDS": "2"}
    python = scripts / f"python{SUFFIX}"
    said = run(python, "-c", code, cwd=tmp_path, environment=short).splitlines()
    assert "1932" in said
    assert "row 1932" in said


def test_an_installation_explains_itself(
    scripts: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    explain = (scripts / f"parallel-nb{SUFFIX}", "explain")
    explained = run(*explain, "class", cwd=tmp_path, environment=environment)
    assert "parallel-nb explain how-to/class" in explained
    guide = run(*explain, "how-to/class", cwd=tmp_path, environment=environment)
    assert "parallel-nb serve" in guide


def test_a_room_without_network_gets_wheels_alone(house: Path) -> None:
    assert {path.suffix for path in house.iterdir()} == {".whl"}


def _with_all_it_needs(name: str) -> dict[str, Distribution]:
    """A package and what it needs, as they are installed here; without the extras of others."""
    found: dict[str, Distribution] = {}
    wanted = [name]
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in found:
            found[name] = distribution(name)
            needed = [Requirement(line) for line in found[name].requires or ()]
            wanted += [
                one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})
            ]
    return found


def _link_into(environment: Path, package: Distribution) -> None:
    """Have a package of this environment in another one: its modules, and its files in share/."""
    files = package.files or ()
    # a folder of modules is one link; what lies beside them is not the package's alone
    places = {str(file) if file.parts[0] == os.pardir else file.parts[0] for file in files}
    for place in places:
        found = Path(os.path.normpath(str(package.locate_file(place))))
        link = environment / found.relative_to(sys.prefix)
        if SCRIPTS not in link.relative_to(environment).parts and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(found)


@pytest.fixture(scope="module")
def jupyter(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and JupyterLab, and nothing of ours.

    Without our dependencies: what the server loads at its start must not need them.
    """
    folder = tmp_path_factory.mktemp("jupyter")
    venv.create(folder, with_pip=False)
    for package in _with_all_it_needs("jupyterlab").values():  # to install it takes 14 s
        _link_into(folder, package)
    python = folder / SCRIPTS / f"python{SUFFIX}"
    install = (*PIP, "--python", python, "install", "--quiet", "--no-compile")
    run(*install, "--no-deps", wheel, cwd=folder)
    return python


@pytest.mark.parametrize(
    "listing", ["jupyterlab.labextensions", "jupyter_server.extension.serverextension"]
)
def test_jupyter_finds_both_extensions_of_an_installation(
    jupyter: Path, environment: dict[str, str], tmp_path: Path, listing: str
) -> None:
    places = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    done = subprocess.run(
        [jupyter, "-m", listing, "list"],
        env=environment | places,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = done.stdout + done.stderr
    line = next(line for line in listed.splitlines() if re.search("parallel.nb", line))
    assert "enabled" in line, listed
    assert "OK" in listed[listed.index(line) :], listed
    assert "X is" not in listed, listed


def test_the_front_end_is_in_the_wheel_once_and_is_small(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {item.filename: item.file_size for item in archive.infolist()}
    front_end = {name: size for name, size in files.items() if "labextension" in name}
    assert all(".data/data/share/jupyter/labextensions/parallel-nb/" in name for name in front_end)
    code = {name: size for name, size in front_end.items() if "/static/" in name}
    assert any("remoteEntry" in name for name in code)
    assert sum(size for name, size in code.items() if name.endswith(".js")) < FRONT_END_BYTES
