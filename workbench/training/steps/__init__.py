"""What torch's optimizers lack, written as torch optimizers; a script that trains takes them along."""
