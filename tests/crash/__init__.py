"""The delivery promise on trial: the real process, killed at random instants, counted at the far side."""
