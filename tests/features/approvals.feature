Feature: A supervisor decides
  What a customer waits for is decided by a person who saw what it rests on.

  Background:
    Given Mira, a lead, sits before the console
    And Amara Okafor waits for a refund of 64.90 EUR

  Scenario: A refund is approved by keyboard alone
    When she presses Ctrl+2
    And she presses J
    Then the card of Amara is shown
    When she presses A
    Then the refund of Amara is approved
    And nothing else was done

  Scenario: Nothing is decided while she writes
    When she presses /
    And she writes "adtzr"
    Then nothing was done

  Scenario: A denial needs its reason
    When she presses D
    And she presses Enter
    Then nothing was done
    When she writes "The order is too old"
    And she presses Enter
    Then the refund of Amara is denied because "The order is too old"

  Scenario: Somebody was faster
    When she presses D
    Then she is asked something
    When Ines Roth approves the refund of Amara elsewhere
    Then she is asked nothing
    And the card of Amara says "Ines Roth"
    When she presses A
    Then nothing was done

  Scenario: Somebody is faster while she writes her reason
    When she presses D
    And she writes "The order is t"
    And Ines Roth approves the refund of Amara elsewhere
    Then she is asked nothing
    And she is told that her words were not sent
    When she writes "oo old, that is all"
    Then nothing was done
    And she is asked nothing

  Scenario: The customer wrote after the card was shown
    When Amara writes "Wait — keep one of them!"
    Then the card of Amara says "Wait — keep one of them!"
    When she presses A
    Then nothing was done
    When she presses R
    And she presses A
    Then the refund of Amara is approved

  Scenario: Nothing is decided while the core does not answer
    When the core does not answer
    And she presses A
    Then nothing was done
    When the core answers again
    And she presses A
    Then the refund of Amara is approved
