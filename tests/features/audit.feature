Feature: A lead finds what happened, and proves it
  From a word that a customer wrote to a file that anybody can verify.

  Background:
    Given Mira, a lead, sits before Audit with what was found for "refund"

  Scenario: From a search to the proof
    When she presses J
    Then the first hit is opened at the place that was found
    When the core shows the first hit
    Then the word "refund" is marked in it
    When she presses E
    And she chooses the file "proof.json"
    Then the conversation is exported with its proofs to "proof.json"
    When she presses P
    And she presses V
    Then the whole log is verified

  Scenario: An alarm is acknowledged with what was behind it
    Given Mira is an admin
    When the core raises an alarm
    And she presses P
    And she presses A
    And she presses Enter
    Then nothing was done
    When she writes "A backup was restored."
    And she presses Enter
    Then the alarm is acknowledged with "A backup was restored."

  Scenario: A lead cannot acknowledge an alarm
    When the core raises an alarm
    And she presses P
    And she presses A
    Then nothing was done
    And she is asked nothing
