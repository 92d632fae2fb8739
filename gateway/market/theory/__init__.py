"""What executing an order is expected to cost, by the models of the literature, and the schedules that they find best.

Pure functions of floats in whatever units their arguments have; each module names its source. What acts while an
order is worked (`almgren_chriss.left`, `bend`) takes + - * / and roots alone, which every machine computes alike.
"""
