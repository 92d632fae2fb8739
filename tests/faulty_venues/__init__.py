"""The gateway on three venues that go wrong at random, in virtual time, watched from outside at every event."""
