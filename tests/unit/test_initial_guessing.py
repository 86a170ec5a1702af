"""A first configuration is guessed from what the files hold, and says how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from icp_monitor.config.canonical import CANONICAL
from icp_monitor.config.linting import lint
from icp_monitor.config.loading import Config, load_config
from icp_monitor.errors import ConfigError
from icp_monitor.pipeline.initial.files import NAMES, worked_example, write_configuration
from icp_monitor.pipeline.initial.guessing import Draft, guessed
from icp_monitor.pipeline.initial.words import WANTED

REPOSITORY = Path(__file__).parents[2]
TODAY = date(2025, 1, 2)
FIRST = date(2023, 1, 2)


def accounts(path: Path, header: str, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Sixty accounts: id, name, sector, employees, revenue with a decimal mark that fits, tools."""
    mark = "," if delimiter == ";" else "."
    sectors = ("Bäckerei", "Stahl", "Chemie")
    lines = [header]
    for number in range(60):
        revenue = f"{number + 1}{mark}{number % 10}5"
        tools = "|".join(("sap", "odoo", "sage")[: number % 3 + 1])
        row = (f"K{number:04}", f"Kunde {number}", sectors[number % 3], str(7 * number + 5), revenue, tools)
        lines.append(delimiter.join(row))
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def deals(
    path: Path,
    header: str,
    *,
    delimiter: str = ",",
    written: str = "%Y-%m-%d",
    stages: Sequence[str] = ("Won", "Lost", "Proposal"),
    last: date = TODAY - timedelta(days=2),
) -> Path:
    """Two deals a day up to ``last``: id, account, stage, amount, created, closed."""
    lines = [header]
    for number in range((last - FIRST).days * 2):
        created = FIRST + timedelta(days=number // 2)
        closed = created + timedelta(days=20 + number % 30)
        decided = number % 3 < 2 and closed <= last
        row = (
            *(f"D{number:05}", f"K{number % 60:04}", stages[number % 3] if decided else stages[2]),
            *(f"{100 + number % 500}", f"{created:{written}}", f"{closed:{written}}" if decided else ""),
        )
        lines.append(delimiter.join(row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def english(tmp_path: Path) -> tuple[Path, Path]:
    people = accounts(tmp_path / "accounts.csv", "Account ID,Account Name,Sector,Employees,Revenue,Tools")
    return people, deals(tmp_path / "opps.csv", "Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date")


@pytest.fixture
def german(tmp_path: Path) -> tuple[Path, Path]:
    header = "Kunden-Nr;Firma;Sparte;Mitarbeiter;Umsatz;Systeme"
    people = accounts(tmp_path / "kunden.csv", header, ";", "windows-1252")
    header = "Angebot;Kunden-Nr;Phase;Betrag;Angelegt;Abgeschlossen"
    stages = ("Gewonnen", "Verloren", "Verhandlung")
    return people, deals(tmp_path / "angebote.csv", header, delimiter=";", written="%d.%m.%Y", stages=stages)


def written(draft: Draft, folder: Path) -> Config:
    report = write_configuration(folder, draft.files)
    assert report.errors == ()
    return load_config(folder)


def test_columns_with_usual_names_are_found_by_them(english: tuple[Path, Path], tmp_path: Path) -> None:
    draft = guessed(tmp_path / "config", english, TODAY)
    tables = written(draft, tmp_path / "config").sources.sources["crm"].tables
    found = {name: column.column for name, column in tables["opportunities"].columns.items()}
    assert found == {
        "opportunity_id": "Opportunity ID",
        "account_id": "Account ID",
        "stage": "Stage",
        "amount": "Amount",
        "created_on": "Created Date",
        "closed_on": "Close Date",
    }
    assert {item.sure for item in draft.guesses if item.about in {f"opportunities.{name}" for name in found}} == {
        "sure"
    }


def test_an_export_in_another_language_is_read_by_what_it_holds(german: tuple[Path, Path], tmp_path: Path) -> None:
    config = written(guessed(tmp_path / "config", german, TODAY), tmp_path / "config")
    source = config.sources.sources["crm"]
    people, opportunities = source.tables["accounts"], source.tables["opportunities"]
    assert source.kind == "csv"
    assert (people.delimiter, people.encoding) == (";", "windows-1252")
    assert opportunities.dates == ("%d.%m.%Y",)
    assert {name: column.column for name, column in opportunities.columns.items()} == {
        "opportunity_id": "Angebot",
        "account_id": "Kunden-Nr",
        "stage": "Phase",
        "amount": "Betrag",
        "created_on": "Angelegt",
        "closed_on": "Abgeschlossen",
    }
    assert people.columns["umsatz"].decimal == ","
    assert people.columns["systeme"].separator == "|"
    assert source.stages == {"open": ("Verhandlung",), "won": ("Gewonnen",), "lost": ("Verloren",), "no_decision": ()}


def test_every_column_that_a_table_needs_is_known_by_some_name() -> None:
    for table, wanted in WANTED.items():
        assert set(CANONICAL[table].required) <= set(wanted) <= set(CANONICAL[table].columns), table


def test_further_files_fill_further_tables_and_others_are_left_out(english: tuple[Path, Path], tmp_path: Path) -> None:
    subscriptions, products = tmp_path / "subscriptions.csv", tmp_path / "products.csv"
    lines = [f"S{number},K{number:04},{number}00,{FIRST},," for number in range(60)]
    subscriptions.write_text("\n".join(["Subscription ID,Account ID,MRR,Start Date,End Date,Seats", *lines]), "utf-8")
    products.write_text("Product,Price\nA,1\nB,2\n", "utf-8")
    draft = guessed(tmp_path / "config", [*english, subscriptions, products], TODAY)
    tables = written(draft, tmp_path / "config").sources.sources["crm"].tables
    assert set(tables) == {"accounts", "opportunities", "subscriptions"}
    found = {name: column.column for name, column in tables["subscriptions"].columns.items()}
    assert found == {
        "subscription_id": "Subscription ID",
        "account_id": "Account ID",
        "monthly_amount": "MRR",
        "started_on": "Start Date",
    }
    assert [item.value for item in draft.guesses if item.about == "not used"] == ["products.csv"]


def test_every_value_that_was_found_is_a_full_match(english: tuple[Path, Path], tmp_path: Path) -> None:
    icp = written(guessed(tmp_path / "config", english, TODAY), tmp_path / "config").icp
    types = {item.id: item.type for item in icp.attributes}
    assert types == {"sector": "category", "employees": "number", "revenue": "number", "tools": "set"}
    rules = {item.id: item.match.model_dump(exclude_defaults=True) for item in icp.attributes}
    assert set(rules["sector"]["full"]) == {"Bäckerei", "Stahl", "Chemie"}
    assert rules["employees"]["full"] == (5, None)
    assert rules["tools"]["any"] == {"sap": 1, "odoo": 1, "sage": 1}


def test_the_baseline_begins_after_the_first_close_and_leaves_quarters_to_compare(
    english: tuple[Path, Path], tmp_path: Path
) -> None:
    """Deals that were closed before the export began are missing from its first weeks."""
    icp = written(guessed(tmp_path / "config", english, TODAY), tmp_path / "config").icp
    assert icp.baseline.window.as_list() == ["2023-04-01", "2024-01-01"]
    assert icp.horizon_days == 60


@pytest.mark.parametrize(("age", "expected"), [(2, None), (40, TODAY - timedelta(days=40))])
def test_an_export_without_recent_news_is_taken_for_an_old_one(tmp_path: Path, age: int, expected: date | None) -> None:
    people = accounts(tmp_path / "accounts.csv", "Account ID,Account Name,Sector,Employees,Revenue,Tools")
    header = "Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date"
    opportunities = deals(tmp_path / "opps.csv", header, last=TODAY - timedelta(days=age))
    config = written(guessed(tmp_path / "config", [people, opportunities], TODAY), tmp_path / "config")
    assert config.sources.sources["crm"].extracted_on == expected


def test_days_that_could_be_months_are_pointed_out(tmp_path: Path) -> None:
    people = accounts(tmp_path / "accounts.csv", "Account ID,Account Name,Sector,Employees,Revenue,Tools")
    path, lines = tmp_path / "opps.csv", ["Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date"]
    for number in range(90):
        day, stage = f"0{number % 9 + 1}", "Won" if number % 2 else "Lost"
        lines.append(f"D{number},K{number % 60:04},{stage},10,{day}/02/2024,{day}/03/2024")
    path.write_text("\n".join(lines), "utf-8")
    guesses = {item.about: item for item in guessed(tmp_path / "config", [people, path], TODAY).guesses}
    assert guesses["opportunities.created_on"].sure == "unsure"
    assert "day or month first?" in (guesses["opportunities.created_on"].look or "")


def test_the_same_files_give_the_same_text(german: tuple[Path, Path], tmp_path: Path) -> None:
    assert guessed(tmp_path / "config", german, TODAY) == guessed(tmp_path / "config", german, TODAY)


def test_a_person_sorts_the_stages_whose_words_say_nothing(tmp_path: Path) -> None:
    people = accounts(tmp_path / "accounts.csv", "Account ID,Account Name,Sector,Employees,Revenue,Tools")
    header = "Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date"
    opportunities = deals(tmp_path / "opps.csv", header, stages=("Gold", "Lead", "Proposal"))
    with pytest.raises(ConfigError, match=r"won or lost, got .*Gold.*Cure: name it: add --won STAGE --lost STAGE"):
        guessed(tmp_path / "config", [people, opportunities], TODAY)
    draft = guessed(tmp_path / "config", [people, opportunities], TODAY, won=["Gold"], lost=["Lead"])
    stages = written(draft, tmp_path / "config").sources.sources["crm"].stages
    assert stages == {"open": ("Proposal",), "won": ("Gold",), "lost": ("Lead",), "no_decision": ()}
    with pytest.raises(ConfigError, match="no stage of this name, got Goal"):
        guessed(tmp_path / "config", [people, opportunities], TODAY, won=["Goal"], lost=["Lead"])


def test_names_with_another_meaning_are_changed(tmp_path: Path) -> None:
    people = accounts(tmp_path / "accounts.csv", "Account ID,Account Name,Source,class,Deleted Rows,null")
    header = "Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date"
    opportunities = deals(tmp_path / "opps.csv", header)
    icp = written(guessed(tmp_path / "config", [people, opportunities], TODAY), tmp_path / "config").icp
    assert [item.id for item in icp.attributes] == ["account_source", "account_class", "deleted_rows", "account_null"]


def _break_accounts(text: str) -> Callable[[Path, Path], None]:
    return lambda people, _: people.write_text(text, "utf-8") and None


def _break_deals(old: str, new: str) -> Callable[[Path, Path], None]:
    return lambda _, opportunities: opportunities.write_text(opportunities.read_text().replace(old, new)) and None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda people, _: people.unlink(), "there is no such file"),
        (_break_accounts(""), "the file is empty"),
        (_break_accounts("Account ID,Sector\n"), "a header but no records"),
        (_break_accounts("Account ID\nK1\nK2\n"), "no delimiter splits it"),
        (_break_accounts("a,a\n1,2\n"), "several columns have the same name, got a"),
        (_break_accounts("Account ID,Sector\nK1,x\nK1,x\n"), "no column tells the accounts apart"),
        (_break_accounts("Account ID,Sector\nX1,x\nX2,y\n"), "no column names the accounts of accounts.csv"),
        (_break_accounts("Account ID,Phone\n" + "".join(f"K{n:04},1{n}\n" for n in range(60))), "could ask for"),
        (_break_deals("-", "/x/"), "the day on which each opportunity was created"),
    ],
)
def test_unusable_files_are_refused_with_a_cure(
    english: tuple[Path, Path], tmp_path: Path, spoil: Callable[[Path, Path], None], said: str
) -> None:
    spoil(*english)
    with pytest.raises(ConfigError) as refused:
        guessed(tmp_path / "config", english, TODAY)
    assert said in str(refused.value.problems[0])
    assert all("Cure: " in str(problem) for problem in refused.value.problems)


def test_one_file_is_not_enough(english: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"accounts and opportunities are needed\. Cure: name both"):
        guessed(tmp_path / "config", english[:1], TODAY)


def test_the_order_of_the_files_does_not_matter(english: tuple[Path, Path], tmp_path: Path) -> None:
    turned = guessed(tmp_path / "config", english[::-1], TODAY)
    assert turned.files["sources.yaml"] == guessed(tmp_path / "config", english, TODAY).files["sources.yaml"]


def test_what_is_there_already_is_never_touched(english: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "monitoring.yaml").write_text("mine", "utf-8")
    with pytest.raises(ConfigError, match=r"holds monitoring.yaml already. Cure: .*nothing is ever overwritten"):
        write_configuration(folder, guessed(folder, english, TODAY).files)
    assert [path.name for path in folder.iterdir()] == ["monitoring.yaml"]
    assert (folder / "monitoring.yaml").read_text() == "mine"


def test_the_example_is_the_one_that_the_repository_runs_on(tmp_path: Path) -> None:
    texts = worked_example()
    assert texts == {name: (REPOSITORY / "config" / name).read_text("utf-8") for name in NAMES}
    assert write_configuration(tmp_path / "mine", texts).errors == ()
    assert lint(tmp_path / "mine").ok
