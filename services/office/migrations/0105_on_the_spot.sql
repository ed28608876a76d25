-- Whether a case was concluded at the window, on the spot; null while it is not concluded.
alter table cases add column on_the_spot boolean;
-- The view is folded from the log alone, so it is folded again: rows of before would not know.
delete from cases;
delete from tally where view = 'cases';
delete from checkpoint where follower = 'cases';
