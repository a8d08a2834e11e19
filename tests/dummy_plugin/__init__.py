"""A plugin that implements every hook there is: the living example of the plugin API.

A club for patients that an outside service keeps. Members get a covered bag of food and a discount.
"""
