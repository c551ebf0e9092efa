"""The openCypher TCK, where it is present next to the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tck.__main__ import DEFAULT, graphs_for, run_scenario
from tests.tck.expected import matches, parse_value
from tests.tck.gherkin import read_feature

FILES = sorted(DEFAULT.rglob("*.feature")) if DEFAULT.is_dir() else []


@pytest.mark.skipif(not FILES, reason="the openCypher TCK is not here: expected in ../shared/tck/features")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_feature(file: Path) -> None:
    wrong = []
    for scenario in read_feature(file):
        outcome, why = run_scenario(scenario, graphs_for(DEFAULT))
        if outcome != "passed":
            wrong.append(f"{scenario.line} {scenario.name}: {outcome}: {why}")
    assert not wrong


FEATURE = '''
Feature: Small
  Background:
    Given an empty graph

  @tag
  Scenario: one
    And having executed:
      """
      CREATE (:A {x: 1})-[:T]->(:B)
      """
    When executing query:
      """
      MATCH (a:A)-[r]->(b)
      RETURN a, r, b
      """
    Then the result should be, in any order:
      | a            | r    | b    |
      | (:A {x: 1})  | [:T] | (:B) |
    And no side effects

  Scenario Outline: two
    When executing query:
      """
      RETURN <value> AS v
      """
    Then the result should be, in any order:
      | v        |
      | <result> |

    Examples:
      | value | result |
      | 1 + 1 | 2      |
      | 1 + 1 | 3      |

  Scenario: three
    When executing query:
      """
      RETURN 1 / 0
      """
    Then a ArithmeticError should be raised at runtime: DivisionByZero

  Scenario: four
    When executing query:
      """
      CREATE (:A {x: 1})
      """
    Then the result should be empty
    And the side effects should be:
      | +nodes      | 1 |
      | +properties | 1 |

  Scenario: five
    When something unheard of happens
'''


def test_the_runner_tells_what_passed_and_why_it_did_not(tmp_path: Path) -> None:
    file = tmp_path / "Small.feature"
    file.write_text(FEATURE)
    outcomes = [run_scenario(scenario, tmp_path) for scenario in read_feature(file)]
    assert [outcome for outcome, _ in outcomes] == ["passed", "passed", "failed", "passed", "failed", "failed"]
    assert "expected [[3]]" in outcomes[2][1]
    assert "'+labels': 1" in outcomes[4][1]
    assert outcomes[5][1] == "unknown step: something unheard of happens"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ("[1, 2.5, null, true]", [1, 2.5, None, True]),
        ("{a: 'x', b: [1]}", {"a": "x", "b": [1]}),
        ("-1.5e3", -1500.0),
    ],
)
def test_expected_values(text: str, value: object) -> None:
    assert matches(parse_value(text), value)
    assert not matches(parse_value(text), "something else")
