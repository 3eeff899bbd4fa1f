Feature: A person takes over, and hands back
  Whoever takes a conversation has it alone; whoever gives it back says what comes next.

  Background:
    Given Mira, a lead, sits before the console
    And Amara Okafor waits for a refund of 64.90 EUR

  Scenario: She takes over, answers, and hands back with a note
    When she presses T
    Then the conversation of Amara is taken over
    When the conversation of Amara is Mira's
    And she presses W
    And she writes "Hello Amara"
    And she presses Ctrl+Enter
    Then Amara is answered "Hello Amara"
    When she leaves the field
    And she presses H
    And she writes "Offer a voucher"
    And she presses Enter
    Then the conversation of Amara is handed back with "Offer a voucher"

  Scenario: Every agent is stopped in two keys, even while she writes
    When she presses /
    And she presses Ctrl+.
    And she presses Enter
    Then every agent is stopped
    And nothing else was done

  Scenario: One stopped brand does not take the place of the stop switch
    When the brand Lumen is stopped
    And she presses Ctrl+.
    And she presses Enter
    Then every agent is stopped
    And nothing else was done

  Scenario: The conversation goes from her while she writes
    When the conversation of Amara is Mira's
    And she presses W
    And she writes "Hello Amara"
    And the conversation of Amara waits for somebody else
    And she writes " and thanks that day"
    Then nothing was done
    And she is asked nothing
    And "Hello Amara" still stands in her field
