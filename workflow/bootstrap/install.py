"""Install a requirements file into a virtual environment: install.py PREFIX FILE."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bootstrap.conda_front import install_pip

if __name__ == "__main__":
    install_pip(Path(sys.argv[2]).read_text().splitlines(), Path(sys.argv[1]))
