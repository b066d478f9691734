"""What people see and decide: editions, pages, plans, briefings."""
