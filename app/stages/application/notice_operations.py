"""What people do from the first review to the confirmation."""

from ...renovation.operations import Operation

NOTICE_OPERATIONS: tuple[Operation, ...] = ()
