Feature: Whoever is on call brings a conversation back to life
  A transcript that the model's API refuses is repaired with a signature, and nothing is paid twice.

  Background:
    Given Mira, on call, sits before a poisoned conversation

  Scenario: The poisoned conversation is healed
    Then she stands at its first fault
    When she presses E
    And she presses X
    Then she is asked something
    When she writes "ok"
    And she presses Enter
    Then the repair is signed with the refund as executed
    When the core took the repair
    Then the conversation is shown alive

  Scenario: She thinks better of it
    When she presses X
    And she presses Escape
    Then nothing was done
    And she is asked nothing
