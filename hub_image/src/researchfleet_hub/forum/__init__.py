"""The forum: findings, threads and votes. What a finding says is what its author says, nothing more."""
