"""All pages of tasks. The way to them is the count in the header of every page."""

from fetlock_hostapp.web.tasks import list_pages, task_pages

HANDLERS = [*list_pages.HANDLERS, *task_pages.HANDLERS]
